"""Getting back in: a code by mail lets a person set a new picture (contract 2.5)."""
