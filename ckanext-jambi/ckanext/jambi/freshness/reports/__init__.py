"""Reports: what an OPD, or the city, promised and kept over a time, and the files of it (F39, F46, F47).

- `content`: what a report says, from the log alone (imports no CKAN)
- `lines`: its obligations, the worst of them, and the decisions about them (imports no CKAN)
- `making`: the report from the portal's own log
- `text`: JSON and CSV (imports no CKAN)
- `workbook`, `paper`: XLSX and PDF/A-2b (import no CKAN)
- `words`: what the printed forms say, in Indonesian whoever asks (imports no CKAN)
- `files`: a report in any of its forms (imports no CKAN)
- `bundle`: a report with its evidence in one file, and the check of it (imports no CKAN)
- `life`: a draft is made, and becomes final once the days of objection are over
- `records`: the reports that were made, with what was objected, as actions and pages give them
"""
