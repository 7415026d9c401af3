package io.github.nylaswebhook.slack;

import java.util.Set;
import okhttp3.HttpUrl;

/** Addresses that secrets are sent to, or are. */
final class SlackUrls {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

  private SlackUrls() {}

  /**
   * An HTTPS address; HTTP to this machine itself will do, for tests and proxies.
   *
   * @param what it is, for the message, which never has the address: it may be a secret
   */
  static HttpUrl require(String url, String what) {
    HttpUrl parsed = HttpUrl.parse(url);
    if (parsed == null || !(parsed.isHttps() || LOOPBACK.contains(parsed.host()))) {
      throw new IllegalArgumentException(what + " is to be an https:// address");
    }
    return parsed;
  }
}
