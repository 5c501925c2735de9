"""Image login: svzkp-1, a zero-knowledge proof of a picture's key and of a PIN or pattern.

The server keeps two commitments per person, C_p = x_p·B (possession of the picture) and
C_k = x_k·B (picture and what the person knows), and checks two Schnorr proofs, computed exactly as
Ed25519 signatures (RFC 8032), over everything that the sign-in is bound to. The wire format is
fixed; `tests/vectors/zkp` holds its vectors.

    encoding transcript messages group      the pure protocol: no database, no clock
    factors commitments                     what a tenant asks for; what is kept of a person
    challenges                              one conditional write decides single use
    proving enrolment                       the verbs: verify; enrol, replace, remove, describe
"""
