"""The table of vault agent's options (Vault 1.21): a row each, with what becomes of it in omamori.

A file is read by it, and the table of docs/moving-from-vault-k8s.md is made of it. What is refused is refused with the
words of its row, and a warning is made of them, too. What has no row is refused by its name.
"""

from __future__ import annotations

from vault.agent.configuration import rows_login, rows_templates
from vault.agent.configuration.rows_process import PROCESS

ROWS = (*rows_login.LOGIN, *rows_templates.TEMPLATES, *PROCESS)
OPTIONS = {each.name: each for each in ROWS}
BLOCKS = {each.name: each for each in (*rows_login.BLOCKS, *rows_templates.BLOCKS)}
