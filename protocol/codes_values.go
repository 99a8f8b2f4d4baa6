package protocol

// valueCodes are of what values mean: criteria against one another, what is collected
// and used, who can see what. V130 to V169.
var valueCodes = []CodeText{}
