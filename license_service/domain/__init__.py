"""What the service is about: matters, assessments, cases, obligations, working days. Pure; standard library only."""
