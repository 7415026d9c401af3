/** A mail as Nylas gives it, how it is fetched, and what a person wrote in it. */
@NullMarked
package io.github.nylaswebhook.message;

import org.jspecify.annotations.NullMarked;
