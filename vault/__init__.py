"""Everything that talks to Vault, and the contract that both sides share; never imports webhook."""
