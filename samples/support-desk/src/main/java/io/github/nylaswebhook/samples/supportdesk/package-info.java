/** A support desk to run, to read and to copy from. */
@NullMarked
package io.github.nylaswebhook.samples.supportdesk;

import org.jspecify.annotations.NullMarked;
