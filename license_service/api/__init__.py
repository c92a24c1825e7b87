"""HTTP for approval systems and auditors: shapes, statuses, and nothing that decides."""
