"""Reports and rules as text, JSON and Markdown; none of these modules knows a rule."""
