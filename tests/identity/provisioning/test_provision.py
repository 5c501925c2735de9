"""`manage.py provision`: the whole file checked first, applied once, told in full."""

import io
import stat
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from authn.authenticators import api_keys, passwords
from identity.kernel.actors import Origin
from identity.tenancy.scope import platform_scope, tenant_scope
from tenants.clients import authentication
from tenants.clients.models import Client
from tenants.registry.models import Tenant
from tenants.users.models import Group, User

FILE = """\
tenants:
  - tenant_id: harbour
    display_name: Harbour
    settings: {register_enable: true, patter_size: 4, block_config: {ip_attempts_limit: 50}}
    clients:
      - {client_id: web, name: Web, client_type: confidential, client_secret: "${WEB_SECRET}",
         redirect_uris: ["http://127.0.0.1:8001/callback"],
         post_logout_redirect_uri: ["http://127.0.0.1:8001/"],
         allowed_scopes: [openid, profile, email, offline_access],
         grant_types: [authorization_code, refresh_token], sing_alg: EdDSA, skip_consent: true}
    users:
      - {username: ada, email: ada@example.com, password: "${ADA_PASSWORD}", is_verified: true,
         roles: [tenant_admin], external_id: null, locale: en}
      - {username: bob, email: bob@example.com}
    groups: [{displayName: Staff, members: [ada]}]
    api_keys: [{name: ci, owner: ada, scopes: [USER, "CLIENT:READ", SCIM2], secret: "${CI_KEY}"}]
operators:
  - {username: root, email: root@example.com, password: "${ROOT_PASSWORD}"}
"""
SECRETS = {
    "WEB_SECRET": "q8Zr1v0Lk2m7Xc5Wn9TbYs3P",
    "ADA_PASSWORD": "four seals on a grey harbour",
    "ROOT_PASSWORD": "a lighthouse keeps its own time",
    "CI_KEY": "api_k3v9x0q7m2w8z5b1n6t4c0d2",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of the file."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    """A file to provision."""
    path = folder / "signet.yaml"
    path.write_text(text)
    path.chmod(mode)
    return path


def provision(path: Path, **options: object) -> str:
    """Run the command; returns what it printed."""
    out = io.StringIO()
    call_command("provision", str(path), stdout=out, stderr=out, **options)
    return out.getvalue()


def harbour() -> Tenant:
    """The tenant of the file."""
    return Tenant.objects.get(slug="harbour")


def test_a_file_makes_what_it_says(tmp_path: Path) -> None:
    """The issue's own shape, from tenant to API key."""
    told = provision(write(tmp_path, FILE))

    tenant = harbour()
    assert tenant.policy.pattern_size == 4
    assert tenant.policy.block.ip_attempts_limit == 50
    assert tenant.policy.block.user_attempts_limit == 15
    with tenant_scope(tenant.id):
        ada = User.objects.get(username="ada")
        assert ada.roles == ["tenant_admin"]
        assert passwords.verify(user=ada, password=SECRETS["ADA_PASSWORD"])
        client = Client.objects.get(client_id="web")
        assert authentication.authenticate(client=client, secret=SECRETS["WEB_SECRET"])
        assert [person.username for person in Group.objects.get().members.all()] == ["ada"]
    key = api_keys.authenticate(presented=SECRETS["CI_KEY"], origin=Origin())
    assert key is not None
    assert key.owner == ada
    with platform_scope():
        root = User.objects.get(username="root")
    assert root.roles == ["platform_operator"]
    assert "7 created" in told
    assert not any(secret in told for secret in SECRETS.values())


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Applied idempotently."""
    path = write(tmp_path, FILE)
    provision(path)

    told = provision(path)

    assert "0 created, 0 changed, 7 left, 0 pruned" in told


def test_what_differs_is_changed_and_named(tmp_path: Path) -> None:
    """It prints what it created, changed and left."""
    provision(write(tmp_path, FILE))

    told = provision(
        write(
            tmp_path,
            FILE.replace("patter_size: 4", "patter_size: 3")
            .replace("locale: en", "locale: de")
            .replace("members: [ada]", "members: [bob]")
            .replace("name: Web,", "name: Web app,"),
        )
    )

    assert "~ tenant harbour (patter_size)" in told
    assert "~ harbour: user ada (locale)" in told
    assert "~ harbour: group Staff (members)" in told
    assert "~ harbour: client web (name)" in told
    assert "0 created, 4 changed, 3 left" in told


def test_secrets_are_initial_values_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applied on creation only (`force: true` on the item overrides)."""
    path = write(tmp_path, FILE)
    provision(path)
    monkeypatch.setenv("ADA_PASSWORD", "a quite different harbour song")
    monkeypatch.setenv("WEB_SECRET", "Zx81qLm4Nv7Rt2Yk9Pw3Bc6D")

    assert "0 changed" in provision(path)
    forced = FILE.replace("username: ada,", "username: ada, force: true,").replace(
        "client_id: web,", "client_id: web, force: true,"
    )
    told = provision(write(tmp_path, forced))

    assert "user ada (password)" in told
    assert "client web (client_secret)" in told
    with tenant_scope(harbour().id):
        ada = User.objects.get(username="ada")
        assert passwords.verify(user=ada, password="a quite different harbour song")
        assert not passwords.verify(user=ada, password=SECRETS["ADA_PASSWORD"])
    assert "0 changed" in provision(write(tmp_path, forced))


WRONG = """\
tenants:
  - tenant_id: harbour
    display_nam: Harbour
    settings: {patter_size: 7, colour: red, block_config: {ip_attempts_limit: 0}}
    clients:
      - {client_id: web, redirect_uris: "http://127.0.0.1/"}
      - {client_id: web, name: Twice}
    users:
      - {username: ada, email: ada@example.com, is_verified: "yes"}
"""
REFUSED = """\
tenants:
  - tenant_id: harbour
    settings:
      patter_size: 7
      colour: red
  - tenant_id: Token!
  - tenant_id: quay
    users:
      - {username: ada, email: not-an-address}
      - {username: bob, email: bob@example.com, password: short}
    clients:
      - {client_id: web, name: Web, client_secret: "abcabcabcabcabcabcabcabc",
         redirect_uris: ["https://*.example.com/cb"]}
    groups: [{displayName: Staff, members: [nobody]}]
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (WRONG, {3: "display_nam", 6: "clients[0]", 9: "is_verified"}),
        (
            REFUSED,
            {
                4: "patter_size",
                5: "colour",
                6: "tenants[1]",
                9: "email",
                10: "password",
                13: "redirect_uris",
                14: "members",
            },
        ),
        ("tenants: [\n  {tenant_id: a b", {2: ""}),
        ("tenants: &a [*a]", {1: "alias"}),
        ("tenants:\n  - tenant_id: x1\n    tenant_id: x2\n", {3: "twice"}),
        ("tenants:\n  - tenant_id: ${NOT_SET}\n", {2: "NOT_SET"}),
        ("tenants: !!python/object:os.system {}\n", {1: ""}),
        ("just text\n", {1: ""}),
    ],
)
def test_every_mistake_is_named_with_its_line_and_nothing_is_applied(
    tmp_path: Path, text: str, lines: dict[int, str]
) -> None:
    """Validates the whole file first and names every mistake with its line."""
    with pytest.raises(CommandError) as problem:
        provision(write(tmp_path, text))

    told = str(problem.value).splitlines()
    for line, word in lines.items():
        assert any(f"line {line}:" in row and word in row for row in told), (line, told)
    assert "nothing applied" in told[0]
    assert not Tenant.objects.exclude(slug="platform").exists()


def test_a_dry_run_tells_and_changes_nothing(tmp_path: Path) -> None:
    """`--dry-run`."""
    told = provision(write(tmp_path, FILE), dry_run=True)

    assert "Dry run" in told
    assert "7 created" in told
    assert not Tenant.objects.exclude(slug="platform").exists()


def test_pruning_deletes_what_the_file_leaves_out_but_no_people(tmp_path: Path) -> None:
    """`--prune` (never users, tenants or operators; `--prune-users` for those)."""
    provision(write(tmp_path, FILE))
    smaller = """\
tenants:
  - {tenant_id: harbour, clients: [], groups: [], api_keys: [],
     users: [{username: bob, email: bob@example.com}]}
operators: [{username: root, email: root@example.com}]
"""
    assert "0 pruned" in provision(write(tmp_path, smaller))

    told = provision(write(tmp_path, smaller), prune=True)
    assert "3 pruned" in told
    with tenant_scope(harbour().id):
        assert User.objects.count() == 2

    told = provision(write(tmp_path, smaller), prune_users=True)
    assert "- harbour: user ada" in told
    with tenant_scope(harbour().id):
        assert [user.username for user in User.objects.all()] == ["bob"]
    assert Tenant.objects.filter(slug="platform").exists()


UNGIVEN = """\
tenants:
  - tenant_id: harbour
    users: [{username: ada, email: ada@example.com}]
    clients: [{client_id: web, name: Web, redirect_uris: ["https://app.example.com/cb"]}]
    api_keys: [{name: ci, owner: ada, scopes: [USER]}]
operators: [{username: root, email: root@example.com}]
"""


def test_without_a_place_for_secrets_nothing_is_generated(tmp_path: Path) -> None:
    """Without it nothing is generated and the run fails naming the items."""
    with pytest.raises(CommandError) as problem:
        provision(write(tmp_path, UNGIVEN))

    told = str(problem.value)
    assert all(f"line {line}:" in told for line in (4, 5, 6))
    assert not Tenant.objects.exclude(slug="platform").exists()


def test_generated_secrets_land_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    """`--secrets-out FILE` (0600, never overwritten)."""
    out = tmp_path / "secrets.yaml"

    told = provision(write(tmp_path, UNGIVEN), secrets_out=out)

    secrets = yaml.safe_load(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert set(secrets) == {
        "harbour client web secret",
        "harbour api key ci",
        "operator root password",
    }
    assert not any(secret in told for secret in secrets.values())
    with tenant_scope(harbour().id):
        client = Client.objects.get()
        assert authentication.authenticate(
            client=client, secret=secrets["harbour client web secret"]
        )
    with pytest.raises(CommandError, match="never written over"):
        provision(write(tmp_path, UNGIVEN), secrets_out=out)
    assert yaml.safe_load(out.read_text()) == secrets


def test_a_run_that_fails_leaves_no_secrets_file(tmp_path: Path) -> None:
    """Nothing half-written."""
    out = tmp_path / "secrets.yaml"

    with pytest.raises(CommandError):
        provision(write(tmp_path, UNGIVEN + "  # end\nunknown: 1\n"), secrets_out=out)
    with pytest.raises(CommandError):
        provision(write(tmp_path, UNGIVEN.replace("owner: ada", "owner: nobody")), secrets_out=out)

    assert not out.exists()


def test_a_readable_file_with_literal_secrets_gets_a_warning(tmp_path: Path) -> None:
    """A file readable by others that holds a literal secret gets a warning."""
    literal = FILE.replace("${ADA_PASSWORD}", SECRETS["ADA_PASSWORD"])

    assert "warning" in provision(write(tmp_path, literal, 0o644), dry_run=True)
    assert "warning" not in provision(write(tmp_path, literal, 0o600), dry_run=True)
    assert "warning" not in provision(write(tmp_path, FILE, 0o644), dry_run=True)


def test_an_export_is_the_file_that_changes_nothing(tmp_path: Path) -> None:
    """`manage.py export TENANT` writes the same format back, without secrets."""
    provision(write(tmp_path, FILE))
    out = io.StringIO()
    call_command("export", "harbour", stdout=out)
    exported = out.getvalue()

    assert not any(secret in exported for secret in SECRETS.values())
    assert "password" not in exported
    told = provision(write(tmp_path, exported))
    assert "0 created, 0 changed" in told
    assert "0 left" not in told
    with pytest.raises(CommandError):
        call_command("export", "nowhere")


def test_the_platform_holds_no_clients(tmp_path: Path) -> None:
    """In `platform` there is no third-party client, whatever its settings say."""
    text = """\
tenants:
  - tenant_id: platform
    clients: [{client_id: web, name: Web, client_type: public,
               redirect_uris: ["https://app.example.com/cb"]}]
operators: [{username: root, email: root@example.com, password: "${ROOT_PASSWORD}"}]
"""
    with pytest.raises(CommandError):
        provision(write(tmp_path, text))


def test_a_file_from_a_dead_path_is_told(tmp_path: Path) -> None:
    """Bad input gets a clear error at the edge."""
    with pytest.raises(CommandError, match="No such file"):
        provision(tmp_path / "nothing.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"tenants: \xff\xfe")
    with pytest.raises(CommandError, match="UTF-8"):
        provision(path)
