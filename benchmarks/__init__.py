"""Measurements that people run and read; what must not get worse is guarded by counts, in the tests."""
