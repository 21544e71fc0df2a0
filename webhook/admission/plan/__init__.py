"""What is to be added to a Pod for what it asks, and the Plan for the agent."""
