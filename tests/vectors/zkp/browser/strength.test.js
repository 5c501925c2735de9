import assert from "node:assert/strict";
import { test } from "node:test";
import { patternWeakness, pinWeakness } from "../../../../static/zkp/src/strength.js";

const weak = {
  repeated: ["000000", "1111", "333", "121212", "123123", "4747", "112211", "1221", "55566"],
  sequence: ["123456", "9876", "135791", "890123", "2468", "123", "321"],
  date: ["1984", "2024", "2912", "1231", "241285", "122485", "851224", "198412", "121984"],
  popular: ["159753", "147258", "314159", "2580"],
  length: ["12345", "1234567", "", "12345a", "١٢٣٤٥٦"],
};
for (const [reason, pins] of Object.entries(weak)) {
  for (const pin of pins) {
    test(`ZK15: the PIN ${JSON.stringify(pin)} is refused as "${reason}"`, () => {
      assert.equal(pinWeakness(pin, reason === "length" ? 6 : pin.length), reason);
    });
  }
}

for (const pin of ["482913", "739164", "4719", "8306", "60582", "742"]) {
  test(`the PIN ${pin} is taken`, () => assert.equal(pinWeakness(pin, pin.length), null));
}

test("most PINs are left to choose from", () => {
  const shareLeft = (size) => {
    const all = Array.from({ length: 10 ** size }, (_, i) => String(i).padStart(size, "0"));
    return all.filter((pin) => pinWeakness(pin, size) === null).length / all.length;
  };

  assert.ok(shareLeft(3) > 0.85);
  assert.ok(shareLeft(4) > 0.85);
  assert.ok(shareLeft(6) > 0.85);
});

const patterns = [
  [[0, 1, 2], 3, "short"],
  [[], 3, "short"],
  [[0, 1, 2, 3], 4, "straight"],
  [[12, 9, 6, 3], 4, "straight"],
  [[0, 3, 6, 7, 8], 3, "shape"],
  [[8, 7, 6, 4, 2, 1, 0], 3, "shape"],
  [[2, 5, 8, 7, 6, 3, 0, 1, 4], 3, "shape"],
  [[2, 0, 4, 7], 3, null],
  [[2, 1, 0, 3, 4, 7], 3, null],
  [[0, 1, 2, 7], 4, null],
];
for (const [nodes, size, expected] of patterns) {
  test(`ZK15: the pattern ${nodes.join("-")} on ${size} × ${size} is ${expected ?? "taken"}`, () => {
    assert.equal(patternWeakness(nodes, size), expected);
  });
}
