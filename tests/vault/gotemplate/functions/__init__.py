"""Tests of the functions of templates, a file for each subject; tests/gotemplate compares them with Consul-Template."""
