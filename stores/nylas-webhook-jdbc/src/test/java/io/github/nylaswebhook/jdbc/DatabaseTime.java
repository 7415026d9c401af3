package io.github.nylaswebhook.jdbc;

import java.sql.SQLException;
import javax.sql.DataSource;

/** A PostgreSQL whose clock a test can set: its own function is found first. */
final class DatabaseTime {
  private DatabaseTime() {}

  /** For connections that are opened from now on. */
  static void fake(DataSource database) throws SQLException {
    Sql.run(database, "create table faked (ahead interval not null)");
    Sql.run(database, "insert into faked values ('0')");
    Sql.run(
        database,
        "create function public.clock_timestamp() returns timestamptz language sql as"
            + " 'select pg_catalog.clock_timestamp() + ahead from public.faked'");
    String name = Sql.value(database, "select current_database()");
    Sql.run(database, "alter database " + name + " set search_path = public, pg_catalog");
  }

  static void ahead(DataSource database, String interval) throws SQLException {
    Sql.run(database, "update faked set ahead = cast(? as interval)", interval);
  }
}
