package io.github.nylaswebhook.test;

import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.signature.SignatureVerifier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A POST as Nylas sends it: bytes, and headers that fit them. Immutable. */
public final class SignedDelivery {
  private final byte[] body;
  private final boolean gzip;
  private final String signature;

  private SignedDelivery(byte[] body, boolean gzip, String signature) {
    this.body = body;
    this.gzip = gzip;
    this.signature = signature;
  }

  /** Signs any bytes, compressing them first if they are to be. */
  public static SignedDelivery of(byte[] content, boolean gzip, String secret) {
    byte[] body = gzip ? compress(content) : content.clone();
    return new SignedDelivery(body, gzip, SignatureVerifier.sign(secret, body));
  }

  public byte[] body() {
    return body.clone();
  }

  public String signature() {
    return signature;
  }

  public Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put(SignatureVerifier.HEADER, signature);
    if (gzip) {
      headers.put("Content-Encoding", "gzip");
    }
    return headers;
  }

  /** For {@code WebhookHandler.handle}, without a server in between. */
  public WebhookRequest toRequest() {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers().forEach((name, value) -> headers.put(name, List.of(value)));
    return new WebhookRequest("POST", null, headers, new ByteArrayInputStream(body), body.length);
  }

  static byte[] compress(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException("a byte array doesn't fail", e);
    }
    return bytes.toByteArray();
  }
}
