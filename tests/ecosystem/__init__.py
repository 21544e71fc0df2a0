"""omamori beside the tools that make or deploy Pods: a file for each tool."""
