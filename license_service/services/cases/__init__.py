"""Cases after they were opened: changes, obligations, clocks, credit, ratings, and how it came about."""
