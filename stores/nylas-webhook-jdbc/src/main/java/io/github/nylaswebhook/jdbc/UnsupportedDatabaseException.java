package io.github.nylaswebhook.jdbc;

/** The database isn't one that the schemas and statements were written for and tested with. */
public final class UnsupportedDatabaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedDatabaseException(String message) {
    super(message);
  }
}
