/** A durable inbox, dedup and conversation stores, and a ticket table in a database. */
module io.github.nylaswebhook.jdbc {
  requires com.github.kagkarlsson.scheduler;
  requires transitive io.github.nylaswebhook.core;
  requires transitive java.sql;
  requires static org.jspecify;
  requires org.slf4j;
  requires static org.xerial.sqlitejdbc;

  exports io.github.nylaswebhook.jdbc;
}
