/* Empty: the header under test is included from the command line. */
