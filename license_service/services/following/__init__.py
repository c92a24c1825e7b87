"""Durable background work: follow-ups, webhooks, and what operators see of both."""
