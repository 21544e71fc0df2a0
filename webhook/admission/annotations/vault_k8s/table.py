"""The table of vault-k8s' annotations (1.7.6): a row each, with what becomes of it in omamori.

The parser of a Pod's annotations is driven by it, and the table of docs/moving-from-vault-k8s.md is made of it. What is
refused is refused with the words of its row, and a warning is made of them, too.
"""

from __future__ import annotations

from webhook.admission.annotations.vault_k8s.annotation import Table
from webhook.admission.annotations.vault_k8s.rows_agent import AGENT
from webhook.admission.annotations.vault_k8s.rows_login import LOGIN
from webhook.admission.annotations.vault_k8s.rows_secrets import SECRETS

DOMAIN = "vault.hashicorp.com"

TABLE = Table((*SECRETS, *LOGIN, *AGENT))
