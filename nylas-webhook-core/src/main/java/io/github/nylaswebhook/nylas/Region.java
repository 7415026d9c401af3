package io.github.nylaswebhook.nylas;

/**
 * Where Nylas keeps an application's data: its API is there too.
 *
 * @see <a href="https://developer.nylas.com/docs/reference/api/">Nylas: API reference, servers</a>
 */
public enum Region {
  US("https://api.us.nylas.com"),
  EU("https://api.eu.nylas.com");

  private final String baseUrl;

  Region(String baseUrl) {
    this.baseUrl = baseUrl;
  }

  public String baseUrl() {
    return baseUrl;
  }
}
