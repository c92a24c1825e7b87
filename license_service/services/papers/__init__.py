"""Papers of cases in official form: what they say, who received them, and whether one holds."""
