"""Tables to pictures: style and fonts, language, charts, saving."""
