"""What people see: the words of a result, the terminal, and the command line."""
