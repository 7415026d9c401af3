/**
 * The command line. {@link io.github.nylaswebhook.cli.NylasWebhook} is the program; each of its
 * commands is a class of its own.
 */
@NullMarked
package io.github.nylaswebhook.cli;

import org.jspecify.annotations.NullMarked;
