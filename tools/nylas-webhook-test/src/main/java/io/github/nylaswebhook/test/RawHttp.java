package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * HTTP/1.1 byte by byte, over one connection: nothing is added, decoded or made right. Not for use
 * by several threads.
 */
public final class RawHttp implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

  private final Socket socket;

  /**
   * An answer as it came.
   *
   * @param headers by their names in lower case; the values of one that comes twice are joined by a
   *     comma
   */
  public record Answer(int status, Map<String, String> headers, String body) {}

  /**
   * Connects to a URI's host and port.
   *
   * @throws IOException if nobody listens there within 10 seconds
   */
  public RawHttp(URI uri) throws IOException {
    socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(uri.getHost(), uri.getPort()), (int) CONNECT_TIMEOUT.toMillis());
      socket.setSoTimeout((int) READ_TIMEOUT.toMillis());
      socket.setTcpNoDelay(true);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** One request over a connection of its own, and its answer. */
  public static Answer exchange(URI uri, String head, byte... body) throws IOException {
    try (RawHttp http = new RawHttp(uri)) {
      http.send(head, body);
      return http.answer(!head.startsWith("HEAD"));
    }
  }

  /**
   * The head of a request with a delivery, as Nylas sends it.
   *
   * @param more headers that replace or join the delivery's own; with a Transfer-Encoding among
   *     them, there is no Content-Length
   */
  public static String head(URI uri, SignedDelivery delivery, Map<String, String> more) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Host", uri.getAuthority());
    headers.putAll(delivery.headers());
    headers.put("Content-Length", Integer.toString(delivery.body().length));
    headers.putAll(more);
    if (more.containsKey("Transfer-Encoding")) {
      headers.remove("Content-Length");
    }
    StringBuilder head = new StringBuilder("POST " + uri.getRawPath() + " HTTP/1.1\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append('\n'));
    return head.append('\n').toString();
  }

  /** Lines of the head end with a plain newline here, and travel with CRLF. */
  public void send(String head, byte... body) throws IOException {
    byte[] lines = head.replace("\n", "\r\n").getBytes(UTF_8);
    byte[] all = new byte[lines.length + body.length];
    System.arraycopy(lines, 0, all, 0, lines.length);
    System.arraycopy(body, 0, all, lines.length, body.length);
    send(all);
  }

  /** These bytes and no others. */
  public void send(byte[] bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /**
   * The next answer, an interim one (100 to 199) too.
   *
   * @param withBody false for the answer to a HEAD
   * @throws EOFException if the connection ended instead
   */
  public Answer answer(boolean withBody) throws IOException {
    InputStream in = socket.getInputStream();
    String line = line(in);
    Map<String, String> headers = new LinkedHashMap<>();
    String[] status = line.split(" ", 3);
    if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
      throw new IOException("This is no status line: " + line);
    }
    for (line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (before, value) -> before + ", " + value);
    }
    int code = Integer.parseInt(status[1]);
    byte[] body = new byte[0];
    if (withBody && code >= 200) {
      String length = headers.get("content-length");
      if (length != null) {
        body = in.readNBytes(Integer.parseInt(length));
      } else if (headers.containsKey("transfer-encoding")) {
        body = chunks(in);
      } else if (code != 204 && code != 304) {
        body = in.readAllBytes();
      }
    }
    return new Answer(code, headers, new String(body, UTF_8));
  }

  /** A body in chunks of growing, odd sizes, as proxies cut. */
  public static byte[] chunked(byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0, size = 1; at < body.length; size = size * 3 + 1) {
      int length = Math.min(size, body.length - at);
      out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
      out.write(body, at, length);
      out.writeBytes("\r\n".getBytes(ISO_8859_1));
      at += length;
    }
    out.writeBytes("0\r\n\r\n".getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunk(in); size > 0; size = chunk(in)) {
      body.writeBytes(in.readNBytes(size));
      line(in);
    }
    String trailer = line(in);
    while (!trailer.isEmpty()) {
      trailer = line(in);
    }
    return body.toByteArray();
  }

  private static int chunk(InputStream in) throws IOException {
    String line = line(in);
    int extension = line.indexOf(';');
    return Integer.parseInt((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("The connection ended after \"" + line.toString(ISO_8859_1) + "\"");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
