package io.github.nylaswebhook.message;

/**
 * What hangs on a mail. Strings that the provider doesn't give are empty.
 *
 * @param id for downloading it
 * @param filename empty for calendar parts, among others
 * @param contentType may carry parameters, for example {@code text/calendar; method=REQUEST}
 * @param size in bytes
 * @param inline shown within the body
 */
public record Attachment(
    String id, String filename, String contentType, long size, boolean inline) {}
