"""The only module that opens an outbound connection, by purpose."""
