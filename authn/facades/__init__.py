"""API faces: one folder each. A face translates wire forms to commands and keeps nothing."""
