package odm

import "encoding/xml"

// The elements of ODM 2.0 that are written here, in the order of its schema.

const namespace = "http://www.cdisc.org/ns/odm/v2.0"

type document struct {
	XMLName      xml.Name  `xml:"ODM"`
	NS           string    `xml:"xmlns,attr"`
	FileType     string    `xml:"FileType,attr"`
	Granularity  string    `xml:"Granularity,attr"`
	FileOID      string    `xml:"FileOID,attr"`
	Created      string    `xml:"CreationDateTime,attr"`
	ODMVersion   string    `xml:"ODMVersion,attr"`
	SourceSystem string    `xml:"SourceSystem,attr"`
	Study        studyPart `xml:"Study"`
}

type studyPart struct {
	OID          string          `xml:"OID,attr"`
	StudyName    string          `xml:"StudyName,attr"`
	ProtocolName string          `xml:"ProtocolName,attr"`
	VersionID    string          `xml:"VersionID,attr"`
	Description  *texts          `xml:"Description"`
	Metadata     metaDataVersion `xml:"MetaDataVersion"`
}

type metaDataVersion struct {
	OID         string         `xml:"OID,attr"`
	Name        string         `xml:"Name,attr"`
	Description *texts         `xml:"Description"`
	Protocol    protocolPart   `xml:"Protocol"`
	Workflows   []workflow     `xml:"WorkflowDef"`
	EventGroups []eventGroup   `xml:"StudyEventGroupDef"`
	Events      []event        `xml:"StudyEventDef"`
	Groups      []itemGroup    `xml:"ItemGroupDef"`
	Items       []itemDef      `xml:"ItemDef"`
	CodeLists   []codeList     `xml:"CodeList"`
	Conditions  []conditionDef `xml:"ConditionDef"`
	Methods     []methodDef    `xml:"MethodDef"`
	Comments    []commentDef   `xml:"CommentDef"`
}

type texts struct {
	Texts []text `xml:"TranslatedText"`
}

type text struct {
	Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Type string `xml:"Type,attr"`
	Text string `xml:",chardata"`
}

type alias struct {
	Context string `xml:"Context,attr"`
	Name    string `xml:"Name,attr"`
}

type protocolPart struct {
	Description   *texts          `xml:"Description"`
	Summary       *summary        `xml:"StudySummary"`
	Structure     structure       `xml:"StudyStructure"`
	Phase         *phase          `xml:"TrialPhase"`
	Timings       *timings        `xml:"StudyTimings"`
	Interventions *interventions  `xml:"StudyInterventions"`
	EndPoints     *endPoints      `xml:"StudyEndPoints"`
	Population    *named          `xml:"StudyTargetPopulation"`
	Estimands     *estimands      `xml:"StudyEstimands"`
	Criteria      *criteria       `xml:"InclusionExclusionCriteria"`
	EventGroups   []eventGroupRef `xml:"StudyEventGroupRef"`
	Workflow      *workflowRef    `xml:"WorkflowRef"`
	Aliases       []alias         `xml:"Alias"`
}

type summary struct {
	Parameters []parameter `xml:"StudyParameter"`
}

type parameter struct {
	OID   string `xml:"OID,attr"`
	Term  string `xml:"Term,attr"`
	Value struct {
		Value string `xml:"Value,attr"`
	} `xml:"ParameterValue"`
}

type structure struct {
	Arms   []named      `xml:"Arm"`
	Epochs []epochOf    `xml:"Epoch"`
	Flow   *workflowRef `xml:"WorkflowRef"`
}

// named is an element with OID, name and description.
type named struct {
	OID         string `xml:"OID,attr"`
	Name        string `xml:"Name,attr"`
	Description *texts `xml:"Description"`
}

type epochOf struct {
	OID         string `xml:"OID,attr"`
	Name        string `xml:"Name,attr"`
	Number      int    `xml:"SequenceNumber,attr"`
	Description *texts `xml:"Description"`
}

type phase struct {
	Value string `xml:"Value,attr"`
}

type timings struct {
	Timing timing `xml:"StudyTiming"`
}

type timing struct {
	OID      string     `xml:"OID,attr"`
	Name     string     `xml:"Name,attr"`
	Relative []relative `xml:"RelativeTimingConstraint"`
	Duration []lasting  `xml:"DurationTimingConstraint"`
}

// relative says that the successor is due Target after the predecessor, no more than
// Pre earlier and Post later.
type relative struct {
	OID         string `xml:"OID,attr"`
	Name        string `xml:"Name,attr"`
	Predecessor string `xml:"PredecessorOID,attr"`
	Successor   string `xml:"SuccessorOID,attr"`
	Type        string `xml:"Type,attr"`
	Target      string `xml:"TimepointRelativeTarget,attr"`
	Pre         string `xml:"TimepointPreWindow,attr"`
	Post        string `xml:"TimepointPostWindow,attr"`
	Description *texts `xml:"Description"`
}

type lasting struct {
	OID     string `xml:"OID,attr"`
	Name    string `xml:"Name,attr"`
	Element string `xml:"StructuralElementOID,attr"`
	Target  string `xml:"DurationTarget,attr"`
}

type interventions struct {
	List []intervention `xml:"StudyIntervention"`
}

type intervention struct {
	OID         string `xml:"OID,attr"`
	Description *texts `xml:"Description"`
}

type endPoints struct {
	List []endPoint `xml:"StudyEndPoint"`
}

type endPoint struct {
	OID         string       `xml:"OID,attr"`
	Name        string       `xml:"Name,attr"`
	Type        string       `xml:"Type,attr,omitempty"`
	Level       string       `xml:"Level,attr,omitempty"`
	Description *texts       `xml:"Description"`
	Formal      []expression `xml:"FormalExpression"`
}

type estimands struct {
	List []estimand `xml:"StudyEstimand"`
}

type estimand struct {
	OID         string       `xml:"OID,attr"`
	Name        string       `xml:"Name,attr"`
	Level       string       `xml:"Level,attr,omitempty"`
	Description *texts       `xml:"Description"`
	Population  *popRef      `xml:"StudyTargetPopulationRef"`
	EndPoint    *endPointRef `xml:"StudyEndPointRef"`
	Events      []described  `xml:"IntercurrentEvent"`
	Measure     *described   `xml:"SummaryMeasure"`
}

type popRef struct {
	OID string `xml:"StudyTargetPopulationOID,attr"`
}

type endPointRef struct {
	OID string `xml:"StudyEndPointOID,attr"`
}

type described struct {
	Description *texts `xml:"Description"`
}

type criteria struct {
	Inclusion *criterionList `xml:"InclusionCriteria"`
	Exclusion *criterionList `xml:"ExclusionCriteria"`
}

type criterionList struct {
	List []criterion `xml:"Criterion"`
}

type criterion struct {
	OID         string `xml:"OID,attr"`
	Name        string `xml:"Name,attr"`
	Condition   string `xml:"ConditionOID,attr"`
	Description *texts `xml:"Description"`
}

type eventGroupRef struct {
	OID       string `xml:"StudyEventGroupOID,attr"`
	Order     int    `xml:"OrderNumber,attr"`
	Mandatory string `xml:"Mandatory,attr"`
}

type workflowRef struct {
	OID string `xml:"WorkflowOID,attr"`
}

type workflow struct {
	OID   string `xml:"OID,attr"`
	Name  string `xml:"Name,attr"`
	Start struct {
		OID string `xml:"StartOID,attr"`
	} `xml:"WorkflowStart"`
	Transitions []transition `xml:"Transition"`
	End         struct {
		OID string `xml:"EndOID,attr"`
	} `xml:"WorkflowEnd"`
}

type transition struct {
	OID    string `xml:"OID,attr"`
	Name   string `xml:"Name,attr"`
	Source string `xml:"SourceOID,attr"`
	Target string `xml:"TargetOID,attr"`
	Start  string `xml:"StartConditionOID,attr,omitempty"`
}

type eventGroup struct {
	OID         string     `xml:"OID,attr"`
	Name        string     `xml:"Name,attr"`
	Epoch       string     `xml:"EpochOID,attr,omitempty"`
	Description *texts     `xml:"Description"`
	Events      []eventRef `xml:"StudyEventRef"`
}

type eventRef struct {
	OID       string `xml:"StudyEventOID,attr"`
	Order     int    `xml:"OrderNumber,attr"`
	Mandatory string `xml:"Mandatory,attr"`
	Except    string `xml:"CollectionExceptionConditionOID,attr,omitempty"`
}

type event struct {
	OID         string     `xml:"OID,attr"`
	Name        string     `xml:"Name,attr"`
	Repeating   string     `xml:"Repeating,attr"`
	Type        string     `xml:"Type,attr"`
	Category    string     `xml:"Category,attr,omitempty"`
	Comment     string     `xml:"CommentOID,attr,omitempty"`
	Description *texts     `xml:"Description"`
	Groups      []groupRef `xml:"ItemGroupRef"`
	Aliases     []alias    `xml:"Alias"`
}

type groupRef struct {
	XMLName   xml.Name `xml:"ItemGroupRef"`
	OID       string   `xml:"ItemGroupOID,attr"`
	Order     int      `xml:"OrderNumber,attr"`
	Mandatory string   `xml:"Mandatory,attr"`
	Except    string   `xml:"CollectionExceptionConditionOID,attr,omitempty"`
}

type itemGroup struct {
	OID         string  `xml:"OID,attr"`
	Name        string  `xml:"Name,attr"`
	Repeating   string  `xml:"Repeating,attr"`
	Type        string  `xml:"Type,attr"`
	Comment     string  `xml:"CommentOID,attr,omitempty"`
	Description *texts  `xml:"Description"`
	Members     []any   // groupRef and itemRef, in the order in which they are asked
	Aliases     []alias `xml:"Alias"`
}

type itemRef struct {
	XMLName   xml.Name `xml:"ItemRef"`
	OID       string   `xml:"ItemOID,attr"`
	Order     int      `xml:"OrderNumber,attr"`
	Mandatory string   `xml:"Mandatory,attr"`
	Except    string   `xml:"CollectionExceptionConditionOID,attr,omitempty"`
	Method    string   `xml:"MethodOID,attr,omitempty"`
	Units     string   `xml:"UnitsItemOID,attr,omitempty"`
	Preset    string   `xml:"PreSpecifiedValue,attr,omitempty"`
	Origin    *origin  `xml:"Origin"`
}

type origin struct {
	Type   string `xml:"Type,attr"`
	Source string `xml:"Source,attr,omitempty"`
}

type itemDef struct {
	OID          string       `xml:"OID,attr"`
	Name         string       `xml:"Name,attr"`
	DataType     string       `xml:"DataType,attr"`
	Display      string       `xml:"DisplayFormat,attr,omitempty"`
	Comment      string       `xml:"CommentOID,attr,omitempty"`
	Description  *texts       `xml:"Description"`
	Question     *texts       `xml:"Question"`
	Instructions *texts       `xml:"CRFCompletionInstructions"`
	Checks       []rangeCheck `xml:"RangeCheck"`
	CodeList     *codeListRef `xml:"CodeListRef"`
	Aliases      []alias      `xml:"Alias"`
}

type rangeCheck struct {
	Comparator string `xml:"Comparator,attr"`
	SoftHard   string `xml:"SoftHard,attr"`
	Value      string `xml:"CheckValue"`
}

type codeListRef struct {
	OID string `xml:"CodeListOID,attr"`
}

type codeList struct {
	OID      string         `xml:"OID,attr"`
	Name     string         `xml:"Name,attr"`
	DataType string         `xml:"DataType,attr"`
	Items    []codeListItem `xml:"CodeListItem"`
}

type codeListItem struct {
	Value  string `xml:"CodedValue,attr"`
	Order  int    `xml:"OrderNumber,attr"`
	Decode *texts `xml:"Decode"`
}

type expression struct {
	Context string `xml:"Context,attr"`
	Code    string `xml:"Code"`
}

type signature struct {
	Parameters []argument `xml:"Parameter"`
	Returns    []argument `xml:"ReturnValue"`
}

type argument struct {
	Name     string `xml:"Name,attr"`
	DataType string `xml:"DataType,attr"`
}

type conditionDef struct {
	OID         string       `xml:"OID,attr"`
	Name        string       `xml:"Name,attr"`
	Description *texts       `xml:"Description"`
	Signature   signature    `xml:"MethodSignature"`
	Formal      []expression `xml:"FormalExpression"`
}

type methodDef struct {
	OID         string       `xml:"OID,attr"`
	Name        string       `xml:"Name,attr"`
	Type        string       `xml:"Type,attr"`
	Comment     string       `xml:"CommentOID,attr,omitempty"`
	Description *texts       `xml:"Description"`
	Signature   signature    `xml:"MethodSignature"`
	Formal      []expression `xml:"FormalExpression"`
}

type commentDef struct {
	OID         string `xml:"OID,attr"`
	Description *texts `xml:"Description"`
}
