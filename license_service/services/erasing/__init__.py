"""Erase what names people, when asked or when its time is over, and keep the proof of what was done."""
