/* The bundle's types are those of its sources. */
export * from "./src/signet.js";
