package io.github.nylaswebhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** Payloads that Nylas has sent or documents, byte by byte; see nylas/SOURCES.md. */
public final class Samples {
  /** Real bytes, their real secret and their real signature. */
  public static final String SIGNED = "real.v3.signed.grant.deleted.body.json";

  public static final String SIGNED_SECRET = "UfZWFrkjsbg5bxLbax-y";
  public static final String SIGNED_SIGNATURE =
      "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc";

  private Samples() {}

  public static byte[] bytes(String name) {
    try (InputStream in = Samples.class.getResourceAsStream("/nylas/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("There is no sample " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A v3 envelope around an object. */
  public static byte[] notification(String id, String type, String object) {
    return ("{\"specversion\":\"1.0\",\"type\":\""
            + type
            + "\",\"source\":\"/google/emails/realtime\",\"id\":\""
            + id
            + "\",\"time\":1723821985,\"webhook_delivery_attempt\":1,\"data\":{\"application_id\":\"app\",\"object\":"
            + object
            + "}}")
        .getBytes(UTF_8);
  }
}
