"""Everything that talks to Vault, and the words that both sides share; never imports webhook."""
