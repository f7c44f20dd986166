"""What the command line consists of: flags made from the configuration, and a training followed in a terminal."""
