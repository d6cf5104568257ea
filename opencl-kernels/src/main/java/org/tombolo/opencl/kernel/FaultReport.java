package org.tombolo.opencl.kernel;

import org.tombolo.device.SourceProgram.Faults;

/// Words that a launch leaves in its working memory when something went wrong in it, to be looked
/// at when it has ended.
///
/// @param offset of the first word in the working memory, in bytes
/// @param faults how to read them
public record FaultReport(long offset, Faults faults) {}
