"""The log and all that proves it: checkpoints, witnesses, stamps, keys, bundles."""
