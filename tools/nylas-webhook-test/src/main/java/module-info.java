/** Test kit: signed deliveries, a fake Nylas over HTTP, and contract tests for stores. */
module io.github.nylaswebhook.test {
  requires transitive io.github.nylaswebhook.core;
  requires com.squareup.moshi;
  requires jdk.httpserver;
  requires kotlin.stdlib;
  requires okhttp3;
  requires okio;
  requires org.slf4j;
  requires static transitive org.jspecify;
  requires static transitive org.junit.jupiter.api;

  exports io.github.nylaswebhook.test;
}
