// What pictures are drawn with, in a JavaScript engine without a browser: the
// charts of viz as SVG, without what only a mouse can use.
import { init, setPlatformAPI, use } from 'echarts/core';
import {
	BarChart, BoxplotChart, CustomChart, GraphChart, HeatmapChart, LineChart, PieChart, SankeyChart, ScatterChart, TreeChart, TreemapChart,
} from 'echarts/charts';
import {
	AriaComponent, GraphicComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, VisualMapComponent,
} from 'echarts/components';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

use([
	BarChart, BoxplotChart, CustomChart, GraphChart, HeatmapChart, LineChart, PieChart, SankeyChart, ScatterChart, TreeChart, TreemapChart,
	AriaComponent, GraphicComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, VisualMapComponent,
	LabelLayout, SVGRenderer,
]);

export { init, setPlatformAPI };
