/** Binds the Nylas webhook handler to a Jakarta Servlet endpoint. */
module io.github.nylaswebhook.servlet {
  requires transitive io.github.nylaswebhook.core;
  requires transitive jakarta.servlet;
  requires static org.jspecify;

  exports io.github.nylaswebhook.servlet;
}
