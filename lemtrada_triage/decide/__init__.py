"""``rules/`` as their authors write them, and the way from facts to a decision: two engines with one meaning."""
