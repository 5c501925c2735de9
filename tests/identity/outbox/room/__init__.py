"""A room that sends one sort of letter, for tests of the worker as a process."""
