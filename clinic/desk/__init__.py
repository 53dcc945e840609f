"""Where features meet on a screen: Today, caseload, a client's page, people, the practice, the audit trail."""
