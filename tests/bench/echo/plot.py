# SPDX-License-Identifier: GPL-2.0-or-later
"""Small SVG plots: lines over time, and points in columns."""
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 380, 62, 130, 34, 46
COLOURS = ["#c1121f", "#1d6fb8", "#6a994e", "#bc6c25", "#7b2cbf", "#555555", "#999999"]


class Plot:
    """A frame with axes; x and y are ranges of what is drawn."""

    def __init__(self, title, x, y, x_name, y_name):
        self.x, self.y = x, y
        self.out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
                    'font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT),
                    '<rect width="100%" height="100%" fill="white"/>']
        self.text(LEFT, 20, title, size=14)
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_name, anchor="middle")
        self.out.append('<text transform="translate(16 %g) rotate(-90)" text-anchor="middle">%s</text>'
                        % ((TOP + HEIGHT - BOTTOM) / 2, escape(y_name)))

    def px(self, x):
        return LEFT + (x - self.x[0]) * (WIDTH - LEFT - RIGHT) / (self.x[1] - self.x[0])

    def py(self, y):
        y = min(max(y, self.y[0]), self.y[1])
        return HEIGHT - BOTTOM - (y - self.y[0]) * (HEIGHT - TOP - BOTTOM) / (self.y[1] - self.y[0])

    def text(self, x, y, what, anchor="start", size=12, colour="black"):
        self.out.append('<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="%s">%s</text>'
                        % (x, y, anchor, size, colour, escape(what)))

    def line(self, x1, y1, x2, y2, colour, dash=""):
        self.out.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" %s/>'
                        % (x1, y1, x2, y2, colour, 'stroke-dasharray="%s"' % dash if dash else ""))

    def grid_y(self, step):
        y = self.y[0]
        while y <= self.y[1]:
            self.line(LEFT, self.py(y), WIDTH - RIGHT, self.py(y), "#ddd")
            self.text(LEFT - 6, self.py(y) + 4, "%g" % y, anchor="end")
            y += step

    def grid_x(self, step):
        x = self.x[0]
        while x <= self.x[1]:
            self.line(self.px(x), TOP, self.px(x), HEIGHT - BOTTOM, "#ddd")
            self.text(self.px(x), HEIGHT - BOTTOM + 16, "%g" % x, anchor="middle")
            x += step

    def curve(self, points, colour, name, place):
        shape = " ".join("%.1f,%.1f" % (self.px(x), self.py(y)) for x, y in points)
        self.out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.4"/>' % (shape, colour))
        self.text(WIDTH - RIGHT + 10, TOP + 16 + 18 * place, name, colour=colour)

    def bar(self, y, name):
        self.line(LEFT, self.py(y), WIDTH - RIGHT, self.py(y), "black", "5 4")
        self.text(WIDTH - RIGHT + 4, self.py(y) + 4, name)

    def column(self, x, values, colour, name):
        for i, value in enumerate(sorted(values)):
            self.out.append('<circle cx="%.1f" cy="%.1f" r="3" fill="%s" fill-opacity="0.6"/>'
                            % (self.px(x) + (i % 5 - 2) * 5, self.py(value), colour))
        self.text(self.px(x), HEIGHT - BOTTOM + 16, name, anchor="middle", colour=colour)

    def write(self, path):
        self.out.append("</svg>")
        with open(path, "w") as f:
            f.write("\n".join(self.out) + "\n")
