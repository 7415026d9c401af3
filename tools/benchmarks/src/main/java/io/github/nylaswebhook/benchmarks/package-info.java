/** Speed and memory, as ratios to a floor in the same run. */
@NullMarked
package io.github.nylaswebhook.benchmarks;

import org.jspecify.annotations.NullMarked;
