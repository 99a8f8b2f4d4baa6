package protocol

// timeCodes are of what the schedule means: windows that cannot all be kept, what is
// never reached, what is asked of people. V100 to V129.
var timeCodes = []CodeText{}
