package usdm_test

// minimal is a small study definition, written by hand: one arm, two epochs, two visits.
const minimal = `{
 "study": {
  "id": null, "name": "Small & <bold>", "instanceType": "Study",
  "versions": [{
   "id": "StudyVersion_1", "versionIdentifier": "1.0", "rationale": "<p>Why &amp; how.</p>", "instanceType": "StudyVersion",
   "studyIdentifiers": [{"id": "SI_1", "text": "SMALL-1", "scopeId": "Org_1", "instanceType": "StudyIdentifier"}, {"id": "SI_2", "text": "NCT00000000", "scopeId": "Org_2", "instanceType": "StudyIdentifier"}],
   "titles": [{"id": "T_1", "text": "A small study", "type": {"id": "Code_1", "code": "X", "codeSystem": "S", "codeSystemVersion": "1", "decode": "Official Study Title", "instanceType": "Code"}, "instanceType": "StudyTitle"}],
   "organizations": [
    {"id": "Org_1", "name": "ACME", "label": "Acme", "identifierScheme": "X", "identifier": "1", "type": {"id": "Code_2", "code": "C70793", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Clinical Study Sponsor", "instanceType": "Code"}, "instanceType": "Organization"},
    {"id": "Org_2", "name": "CT", "label": "ClinicalTrials.gov", "identifierScheme": "X", "identifier": "2", "type": {"id": "Code_3", "code": "C93453", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Study Registry", "instanceType": "Code"}, "instanceType": "Organization"}],
   "eligibilityCriterionItems": [
    {"id": "Item_1", "name": "IN1", "text": "<p>At least <usdm:tag name=\"min_age\"/> years &lt; 100</p>", "dictionaryId": "Dict_1", "instanceType": "EligibilityCriterionItem"},
    {"id": "Item_2", "name": "EX1", "text": "Heart disease", "instanceType": "EligibilityCriterionItem"}],
   "dictionaries": [{"id": "Dict_1", "name": "D", "parameterMaps": [{"id": "PM_1", "tag": "min_age", "reference": "<usdm:ref klass=\"Quantity\" id=\"Q_1\" attribute=\"value\"></usdm:ref>", "instanceType": "ParameterMap"}], "instanceType": "SyntaxTemplateDictionary"}],
   "biomedicalConcepts": [{"id": "BC_1", "name": "Sex", "label": "Sex", "reference": "r", "instanceType": "BiomedicalConcept", "properties": [
     {"id": "P_1", "name": "sex", "label": "Sex", "isRequired": true, "isEnabled": true, "datatype": "string", "instanceType": "BiomedicalConceptProperty", "responseCodes": [
       {"id": "R_1", "name": "F", "label": "", "isEnabled": true, "instanceType": "ResponseCode", "code": {"id": "Code_4", "code": "C16576", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Female", "instanceType": "Code"}}]}]}],
   "narrativeContentItems": [{"id": "N_1", "name": "N1", "text": "A long text | with a bar", "instanceType": "NarrativeContentItem"}],
   "amendments": [{"id": "A_1", "name": "A1", "number": "1", "summary": "Fixed", "instanceType": "StudyAmendment"}],
   "studyDesigns": [{
    "id": "Design_1", "name": "D", "rationale": "R", "instanceType": "InterventionalStudyDesign",
    "arms": [{"id": "Arm_1", "name": "active", "label": "Active", "description": "The medicine", "type": {"id": "Code_5", "code": "A", "codeSystem": "S", "codeSystemVersion": "1", "decode": "Arm", "instanceType": "Code"}, "instanceType": "StudyArm"}],
    "epochs": [{"id": "E_2", "name": "Treatment", "label": "Treatment", "previousId": "E_1", "nextId": null, "instanceType": "StudyEpoch"}, {"id": "E_1", "name": "Screening", "label": "Screening", "previousId": null, "nextId": "E_2", "instanceType": "StudyEpoch"}],
    "encounters": [
     {"id": "Enc_1", "name": "V1", "label": "First", "instanceType": "Encounter", "contactModes": [{"id": "Code_6", "code": "C175574", "codeSystem": "C", "codeSystemVersion": "1", "decode": "In Person", "instanceType": "Code"}]},
     {"id": "Enc_2", "name": "V2", "label": "Second", "instanceType": "Encounter", "contactModes": [{"id": "Code_7", "code": "C171537", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Telephone Call", "instanceType": "Code"}]}],
    "activities": [
     {"id": "Act_1", "name": "Demographics", "label": "Demographics", "biomedicalConceptIds": ["BC_1"], "instanceType": "Activity"},
     {"id": "Act_2", "name": "Chest X-ray", "label": "Chest X-ray", "instanceType": "Activity"},
     {"id": "Act_3", "name": "Both", "childIds": ["Act_1", "Act_2"], "instanceType": "Activity"}],
    "scheduleTimelines": [{
     "id": "TL_1", "name": "Main", "mainTimeline": true, "entryCondition": "c", "entryId": "I_1", "instanceType": "ScheduleTimeline",
     "instances": [
      {"id": "I_1", "name": "ONE", "label": "One", "defaultConditionId": "I_2", "epochId": "E_1", "encounterId": "Enc_1", "activityIds": ["Act_3"], "instanceType": "ScheduledActivityInstance"},
      {"id": "I_2", "name": "TWO", "label": "Two", "defaultConditionId": null, "epochId": "E_2", "encounterId": "Enc_2", "activityIds": ["Act_2"], "instanceType": "ScheduledActivityInstance"}],
     "timings": [
      {"id": "Tim_1", "name": "T1", "value": "P1D", "valueLabel": "1 day", "type": {"id": "Code_8", "code": "C201358", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Fixed Reference", "instanceType": "Code"}, "relativeToFrom": {"id": "Code_9", "code": "C201355", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Start to Start", "instanceType": "Code"}, "relativeFromScheduledInstanceId": "I_1", "relativeToScheduledInstanceId": "I_1", "instanceType": "Timing"},
      {"id": "Tim_2", "name": "T2", "value": "P2W", "valueLabel": "2 weeks", "windowLower": "P3D", "windowUpper": "P5D", "type": {"id": "Code_10", "code": "C201356", "codeSystem": "C", "codeSystemVersion": "1", "decode": "After", "instanceType": "Code"}, "relativeToFrom": {"id": "Code_11", "code": "C201355", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Start to Start", "instanceType": "Code"}, "relativeFromScheduledInstanceId": "I_2", "relativeToScheduledInstanceId": "I_1", "instanceType": "Timing"}]}],
    "eligibilityCriteria": [
     {"id": "C_1", "name": "IN1", "identifier": "01", "criterionItemId": "Item_1", "category": {"id": "Code_12", "code": "C25532", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Inclusion Criteria", "instanceType": "Code"}, "instanceType": "EligibilityCriterion"},
     {"id": "C_2", "name": "EX1", "identifier": "02", "criterionItemId": "Item_2", "category": {"id": "Code_13", "code": "C25370", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Exclusion Criteria", "instanceType": "Code"}, "instanceType": "EligibilityCriterion"}],
    "objectives": [{"id": "O_1", "name": "O1", "text": "To see", "instanceType": "Objective", "level": {"id": "Code_14", "code": "C85826", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Primary Objective", "instanceType": "Code"},
      "endpoints": [{"id": "EP_1", "name": "END1", "text": "The score at week 2", "purpose": "", "instanceType": "Endpoint", "level": {"id": "Code_15", "code": "C94496", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Primary Endpoint", "instanceType": "Code"}}]}],
    "population": {"id": "Pop_1", "name": "P", "description": "Adults", "includesHealthySubjects": false, "criterionIds": ["C_1", "C_2"], "instanceType": "StudyDesignPopulation",
      "plannedEnrollmentNumber": {"id": "Q_2", "value": 20.0, "unit": null, "instanceType": "Quantity"}, "plannedAge": {"id": "Range_1", "minValue": {"id": "Q_1", "value": 18.0, "instanceType": "Quantity"}, "instanceType": "Range"}}
   }]
  }]
 },
 "usdmVersion": "4.0.0"
}`
