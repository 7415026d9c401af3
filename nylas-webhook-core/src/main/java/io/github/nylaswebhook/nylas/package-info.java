/** The calls to Nylas that the pipeline makes, within Nylas' limits. */
@NullMarked
package io.github.nylaswebhook.nylas;

import org.jspecify.annotations.NullMarked;
