"""Where private keys live: sealed in the key's own row.

These two functions are all that knows it. An HSM would make the key inside itself, keep its own
handle in `private_sealed`, and hand out a signer that asks the device.
"""

from uuid import UUID

from identity.kernel import cipher
from tenants.keys import algorithms
from tenants.keys.algorithms import Signer
from tenants.keys.models import SigningKey


def new_key(*, tenant_id: UUID, algorithm: str, subject: str) -> SigningKey:
    """An unsaved key of this tenant; the plain private part exists in memory only."""
    made = algorithms.generate(algorithm, subject)
    return SigningKey(
        tenant_id=tenant_id,
        kid=made.kid,
        algorithm=algorithm,
        public_jwk=made.public_jwk,
        private_sealed=cipher.seal(made.private_der, _place(tenant_id, made.kid)),
    )


def signer(key: SigningKey) -> Signer:
    """What signs with this key. Raises CannotOpen if its row was changed or copied elsewhere."""
    place = _place(key.tenant_id, key.kid)
    return algorithms.signer(key.algorithm, cipher.open_sealed(key.private_sealed, place))


def _place(tenant_id: UUID, kid: str) -> str:
    return f"tenant_keys.signing_key/{tenant_id}/{kid}"
