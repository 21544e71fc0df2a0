"""HCL 1, the language of the configuration files of vault agent: parsed to nodes that know their place, bounded.

As github.com/hashicorp/hcl v1 does it, which Vault uses: a file whose first character is `{` is JSON. It is pure, and
imports nothing of ours.

    text        the characters of a file, and the place of each
    scanner     a text to tokens, by `strings` (quotes, heredocs) and `numbers`
    parser      tokens to `nodes`; `jsonparser` does the same for JSON
"""
